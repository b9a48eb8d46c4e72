{{/*
A Job that runs one command of an image and ends: as a hook before install and upgrade, or beside the pods under a name
that is new for each release and each change of its pod, since Jobs cannot be changed.
(dict "root" $ "name" component "component" component "role" "migrate-orders" "arguments" (list) "hook" bool
 "env" text "volumes" text "mounts" list)
*/}}
{{- define "orderflow.job" -}}
{{- $limits := .root.Values.postgres.migrations -}}
{{- $role := dict "root" .root "name" .role -}}
{{- $pod := include "orderflow.jobPod" . -}}
apiVersion: batch/v1
kind: Job
metadata:
  {{- if .hook }}
  name: {{ include "orderflow.fullname" .root }}-{{ .role }}
  {{- else }}
  name: {{ include "orderflow.fullname" .root }}-{{ .role }}-{{ .root.Release.Revision }}-{{ sha256sum $pod | trunc 6 }}
  {{- end }}
  namespace: {{ .root.Release.Namespace }}
  labels:
    {{- include "orderflow.labels" $role | nindent 4 }}
  {{- if .hook }}
  annotations:
    helm.sh/hook: pre-install,pre-upgrade
    helm.sh/hook-weight: "-5"
    # One that has failed stays to be looked at.
    helm.sh/hook-delete-policy: before-hook-creation,hook-succeeded
  {{- end }}
spec:
  backoffLimit: {{ $limits.backoffLimit }}
  activeDeadlineSeconds: {{ int64 $limits.activeDeadlineSeconds }}
  ttlSecondsAfterFinished: {{ int64 $limits.ttlSecondsAfterFinished }}
  # Wrong settings do not become right by trying again.
  podFailurePolicy:
    rules:
      - action: FailJob
        onExitCodes: {containerName: {{ .role }}, operator: In, values: [2]}
  template:
    metadata:
      labels:
        {{- include "orderflow.podLabels" $role | nindent 8 }}
    spec:
      {{- $pod | nindent 6 }}
{{- end -}}

{{- define "orderflow.jobPod" -}}
restartPolicy: Never
{{- /* A hook runs before the accounts that the release makes are there. */}}
{{- with .component.serviceAccount }}
{{- if and .name (not (and $.hook .create)) }}
serviceAccountName: {{ .name }}
{{- end }}
{{- end }}
{{ include "orderflow.podBase" . }}
{{- with .component.extraInitContainers }}
initContainers:
  {{- toYaml . | nindent 2 }}
{{- end }}
containers:
  - name: {{ .role }}
    image: {{ include "orderflow.image" (dict "root" .root "name" .name "image" .component.image) }}
    imagePullPolicy: {{ .component.image.pullPolicy }}
    args: {{ toJson .arguments }}
    env:
      {{- .env | nindent 6 }}
      {{- with .component.extraEnv }}
      {{- toYaml . | nindent 6 }}
      {{- end }}
    resources:
      {{- toYaml .root.Values.postgres.migrations.resources | nindent 6 }}
    securityContext:
      {{- toYaml .component.securityContext | nindent 6 }}
    {{- with concat (include "orderflow.mounts" .mounts | fromYamlArray) .component.extraVolumeMounts }}
    volumeMounts:
      {{- toYaml . | nindent 6 }}
    {{- end }}
{{- with concat (fromYamlArray .volumes) .component.extraVolumes }}
volumes:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}
