{{/* Name of the Secret with a component's login to Kafka. */}}
{{- define "orderflow.kafkaSecret" -}}
{{- if .root.Values.kafka.strimzi.createUsers -}}
{{ include "orderflow.name" . }}
{{- else -}}
{{ default .root.Values.kafka.auth.existingSecret .component.kafka.existingSecret }}
{{- end -}}
{{- end -}}

{{/* (dict "root" $ "name" component name "component" component) */}}
{{- define "orderflow.kafkaEnv" -}}
{{- $kafka := .root.Values.kafka -}}
{{- $auth := $kafka.auth -}}
{{- $sasl := has $auth.type (list "scram-sha-512" "scram-sha-256" "plain") -}}
{{- $secret := include "orderflow.kafkaSecret" . }}
- {name: ORDERFLOW_KAFKA_BOOTSTRAP_SERVERS, value: {{ $kafka.bootstrapServers | quote }}}
- {name: ORDERFLOW_KAFKA_MESSAGES_PER_RECORD_MAX, value: {{ int64 $kafka.messagesPerRecordMax | quote }}}
{{- if $kafka.tls.enabled }}
- {name: ORDERFLOW_KAFKA_SECURITY_PROTOCOL, value: {{ ternary "sasl_ssl" "ssl" $sasl }}}
{{- if $kafka.tls.caSecret.name }}
- {name: ORDERFLOW_KAFKA_TLS_AUTHORITIES_FILE, value: /etc/orderflow/kafka-ca/ca.crt}
{{- end }}
{{- end }}
{{- if eq $auth.type "tls" }}
- {name: ORDERFLOW_KAFKA_TLS_CERTIFICATE_FILE, value: /etc/orderflow/kafka-user/user.crt}
- {name: ORDERFLOW_KAFKA_TLS_PRIVATE_KEY_FILE, value: /etc/orderflow/kafka-user/user.key}
{{- end }}
{{- if $sasl }}
- {name: ORDERFLOW_KAFKA_SASL_MECHANISM, value: {{ upper $auth.type }}}
{{- $user := default $auth.username .component.kafka.username }}
{{- if $kafka.strimzi.createUsers }}{{ $user = include "orderflow.name" . }}{{ end }}
{{- if $user }}
- {name: ORDERFLOW_KAFKA_SASL_USERNAME, value: {{ $user | quote }}}
{{- else }}
{{ include "orderflow.fromSecret" (list "ORDERFLOW_KAFKA_SASL_USERNAME" $secret $auth.secretKeys.username) }}
{{- end }}
{{ include "orderflow.fromSecret" (list "ORDERFLOW_KAFKA_SASL_PASSWORD" $secret $auth.secretKeys.password) }}
{{- end }}
{{- end -}}

{{/* Every topic: what somebody consumes or writes, once each; as a YAML list. */}}
{{- define "orderflow.topics" -}}
{{- $topics := list -}}
{{- range $name, $facts := include "orderflow.facts" . | fromYaml -}}
{{- with $facts.kafka -}}
{{- $topics = concat $topics (.reads | default list) (.writes | default list) (ternary (list .topic) list (hasKey . "topic")) -}}
{{- end -}}
{{- end -}}
{{ toYaml ($topics | uniq | sortAlpha) }}
{{- end -}}
