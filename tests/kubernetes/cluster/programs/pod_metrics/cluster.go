package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"
)

type object = map[string]any

// The part of the kubelet's summary that is asked for.
type usage struct {
	Time   time.Time `json:"time"`
	Cores  uint64    `json:"usageNanoCores"`
	Memory uint64    `json:"workingSetBytes"`
}

type containerUsage struct {
	Name        string
	CPU, Memory usage
}

type podUsage struct {
	PodRef     struct{ Name, Namespace string }
	Containers []containerUsage
}

type summary struct {
	Node struct{ CPU, Memory usage }
	Pods []podUsage
}

type podList struct {
	Items []struct {
		Metadata struct {
			Name, Namespace string
			Labels          map[string]string
		}
	}
}

// The API server, and the kubelet behind it.
type cluster struct {
	api, node string
	client    *http.Client
}

func (c *cluster) get(path string, into any) error {
	answer, err := c.client.Get(c.api + path)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		text, _ := io.ReadAll(io.LimitReader(answer.Body, 500))
		return fmt.Errorf("%s: %d %s", path, answer.StatusCode, text)
	}
	return json.NewDecoder(answer.Body).Decode(into)
}

func (c *cluster) summary() (s summary, err error) {
	err = c.get("/api/v1/nodes/"+c.node+"/proxy/stats/summary", &s)
	return s, err
}

// The usage of the pods that a selector picks, in one namespace or in all.
func (c *cluster) pods(namespace, selector string) (any, error) {
	path := "/api/v1/pods"
	if namespace != "" {
		path = "/api/v1/namespaces/" + namespace + "/pods"
	}
	var list podList
	if err := c.get(path+"?labelSelector="+url.QueryEscape(selector), &list); err != nil {
		return nil, err
	}
	s, err := c.summary()
	if err != nil {
		return nil, err
	}
	used := map[string]podUsage{}
	for _, pod := range s.Pods {
		used[pod.PodRef.Namespace+"/"+pod.PodRef.Name] = pod
	}
	items := []object{}
	for _, pod := range list.Items {
		m := pod.Metadata
		if u := used[m.Namespace+"/"+m.Name]; len(u.Containers) > 0 {
			items = append(items, podMetrics(m.Name, m.Namespace, m.Labels, u.Containers))
		}
	}
	return object{"kind": "PodMetricsList", "apiVersion": "metrics.k8s.io/v1beta1", "metadata": object{}, "items": items}, nil
}

func (c *cluster) nodes() (any, error) {
	s, err := c.summary()
	if err != nil {
		return nil, err
	}
	item := object{"metadata": object{"name": c.node}, "timestamp": stamp(s.Node.CPU.Time), "window": "15s",
		"usage": amounts(s.Node.CPU, s.Node.Memory)}
	return object{"kind": "NodeMetricsList", "apiVersion": "metrics.k8s.io/v1beta1", "metadata": object{}, "items": []object{item}}, nil
}

func podMetrics(name, namespace string, labels map[string]string, containers []containerUsage) object {
	parts := []object{}
	for _, c := range containers {
		parts = append(parts, object{"name": c.Name, "usage": amounts(c.CPU, c.Memory)})
	}
	return object{"metadata": object{"name": name, "namespace": namespace, "labels": labels},
		"timestamp": stamp(containers[0].CPU.Time), "window": "15s", "containers": parts}
}

func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }

func amounts(cpu, memory usage) object {
	return object{"cpu": fmt.Sprintf("%dn", cpu.Cores), "memory": fmt.Sprintf("%dKi", memory.Memory/1024)}
}

// What this API group has, for discovery.
func resources() object {
	resource := func(name, kind string, namespaced bool) object {
		return object{"name": name, "singularName": "", "namespaced": namespaced, "kind": kind, "verbs": []string{"get", "list"}}
	}
	return object{"kind": "APIResourceList", "apiVersion": "v1", "groupVersion": "metrics.k8s.io/v1beta1",
		"resources": []object{resource("nodes", "NodeMetrics", false), resource("pods", "PodMetrics", true)}}
}
